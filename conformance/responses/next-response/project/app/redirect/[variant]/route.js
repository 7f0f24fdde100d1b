import { NextResponse } from 'next/server';

import { attempt } from '../../../lib/attempt';

const variants = {
  string: () => NextResponse.redirect('https://example.com'),
  path: () => NextResponse.redirect('https://example.com/a b/ü?q=ö#part'),
  url: (request) => NextResponse.redirect(new URL('/other?x=1', request.url)),
  'next-url': (request) => {
    const url = request.nextUrl.clone();
    url.pathname = '/moved';
    return NextResponse.redirect(url);
  },
  number: () => NextResponse.redirect('https://example.com/', 308),
  init: () => NextResponse.redirect('https://example.com/', { status: 303, headers: { 'x-a': '1' } }),
  301: () => NextResponse.redirect('https://example.com/', 301),
  302: () => NextResponse.redirect('https://example.com/', 302),
  200: async () => Response.json(await attempt(() => NextResponse.redirect('https://example.com/', 200))),
  304: async () => Response.json(await attempt(() => NextResponse.redirect('https://example.com/', 304))),
  relative: async () => Response.json(await attempt(() => NextResponse.redirect('/relative'))),
  'relative-thrown': () => NextResponse.redirect('/relative'),
  nothing: async () => Response.json(await attempt(() => NextResponse.redirect())),
  'location-in-init': () => NextResponse.redirect('https://example.com/', { headers: { location: 'https://other.example/' } }),
  web: () => Response.redirect('https://example.com/x', 307),
  'web-default': () => Response.redirect('https://example.com'),
  'web-relative': async () => Response.json(await attempt(() => Response.redirect('/relative'))),
  'web-status': async () => Response.json(await attempt(() => Response.redirect('https://example.com/', 200))),
  'by-hand': () => new Response(null, { status: 302, headers: { location: '/by hand?ä' } }),
};

export async function GET(request, { params }) {
  return variants[(await params).variant](request);
}

export { GET as POST };
