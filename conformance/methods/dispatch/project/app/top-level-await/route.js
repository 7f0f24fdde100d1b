const value = await new Promise((resolve) => setTimeout(resolve, 5, 'awaited'));

export const GET = () => new Response(value);
