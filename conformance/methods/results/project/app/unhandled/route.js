export function GET() {
  Promise.reject(new Error('nobody catches this'));
  return new Response('answered all the same');
}
