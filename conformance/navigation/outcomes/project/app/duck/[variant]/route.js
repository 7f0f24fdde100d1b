const digests = {
  redirect: 'NEXT_REDIRECT;replace;/duck;307;',
  permanent: 'NEXT_REDIRECT;push;/duck;308;',
  'see-other': 'NEXT_REDIRECT;push;/duck;303;',
  'semicolons': 'NEXT_REDIRECT;replace;/a;b;c;307;',
  'bad-status': 'NEXT_REDIRECT;replace;/duck;200;',
  'bad-type': 'NEXT_REDIRECT;jump;/duck;307;',
  'not-found': 'NEXT_HTTP_ERROR_FALLBACK;404',
  forbidden: 'NEXT_HTTP_ERROR_FALLBACK;403',
  'bad-code': 'NEXT_HTTP_ERROR_FALLBACK;418',
  'old-not-found': 'NEXT_NOT_FOUND',
};

export async function GET(request, { params }) {
  throw Object.assign(new Error('a duck'), { digest: digests[(await params).variant] });
}
