export const revalidate = 600;
export const generateStaticParams = () => [];

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (): Response => new Response(value());
