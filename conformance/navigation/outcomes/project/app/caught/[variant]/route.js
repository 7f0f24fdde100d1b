import { forbidden, notFound, permanentRedirect, redirect, unauthorized, unstable_rethrow } from 'next/navigation';

const calls = {
  redirect: () => redirect('/x'),
  permanent: () => permanentRedirect('/x'),
  'not-found': () => notFound(),
  forbidden: () => forbidden(),
  unauthorized: () => unauthorized(),
  error: () => { throw new Error('plain'); },
};

export async function GET(request, { params }) {
  try {
    calls[(await params).variant]();
  } catch (error) {
    if (request.nextUrl.searchParams.has('rethrow')) {
      unstable_rethrow(error);
    }
    return Response.json({ name: error.name, message: error.message, digest: error.digest ?? 'none', keys: Object.keys(error), isError: error instanceof Error });
  } finally {
    await Promise.resolve();
  }
}

export { GET as POST };
