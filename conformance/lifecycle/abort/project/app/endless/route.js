export function GET(request) {
  return new Promise((resolve) => request.signal.addEventListener('abort', () => resolve(new Response('over')), { once: true }));
}
