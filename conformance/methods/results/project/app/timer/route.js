export function GET() {
  setTimeout(() => {
    throw new Error('thrown in a timer');
  }, 10);
  return new Response('answered before');
}
