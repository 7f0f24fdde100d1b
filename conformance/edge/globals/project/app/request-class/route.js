export const runtime = 'edge';

function tried(run) {
  try {
    return run();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export function GET() {
  return Response.json({
    relative: tried(() => new Request('/relative').url),
    absolute: tried(() => new Request('http://example.com/a', { method: 'POST', body: 'x' }).method),
    next: tried(() => new Request('http://example.com/a', { next: { revalidate: 1 } }).next),
    redirectRelative: tried(() => Response.redirect('/relative').status),
    redirectAbsolute: tried(() => Response.redirect('http://example.com/').headers.get('location')),
  });
}
