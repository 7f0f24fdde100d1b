export function then() {
  throw new Error('a module is no promise');
}

export const GET = () => new Response('then is only a name');
