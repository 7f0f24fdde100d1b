import { cookies } from 'next/headers';
import { forbidden, notFound, permanentRedirect, redirect, RedirectType, unauthorized } from 'next/navigation';

const withCookie = async (end) => {
  (await cookies()).set('a', '1');
  end();
};

const variants = {
  relative: () => redirect('/other'),
  bare: () => redirect('other'),
  query: () => redirect('?a=1'),
  absolute: () => redirect('https://example.com'),
  signs: () => redirect('/a;b?c=d e&f=%20#g'),
  dots: () => redirect('/a/../b//c'),
  empty: () => redirect(''),
  push: () => redirect('/other', RedirectType.push),
  replace: () => redirect('/other', RedirectType.replace),
  permanent: () => permanentRedirect('/other'),
  'permanent-absolute': () => permanentRedirect('https://example.com/x'),
  unicode: () => redirect('/ü'),
  'beyond-latin1': () => redirect('/\u20ac'),
  'not-found': () => notFound(),
  forbidden: () => forbidden(),
  unauthorized: () => unauthorized(),
  'cookie-redirect': () => withCookie(() => redirect('/other')),
  'cookie-permanent': () => withCookie(() => permanentRedirect('/other')),
  'cookie-not-found': () => withCookie(() => notFound()),
  'cookie-forbidden': () => withCookie(() => forbidden()),
  later: async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    redirect('/later');
  },
  'in-a-promise': () => Promise.all([Promise.resolve().then(() => redirect('/promised'))]),
};

export async function GET(request, { params }) {
  return variants[(await params).variant]();
}

export { GET as DELETE, GET as PATCH, GET as POST, GET as PUT };
