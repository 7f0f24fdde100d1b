export const revalidate = 600;
export const generateStaticParams = () => [{ id: 'built' }, { id: 'x y' }];

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (): Response => new Response(value());
