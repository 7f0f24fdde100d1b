export const revalidate = 600;

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (): Response => new Response(value());
