import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from 'next/navigation';

/** What each function throws, as message and digest. */
const CALLS = {
  redirect: () => redirect('/p'),
  push: () => redirect('/p', 'push'),
  permanent: () => permanentRedirect('/p'),
  'permanent-push': () => permanentRedirect('/p', 'push'),
  'not-found': () => notFound(),
  forbidden: () => forbidden(),
  unauthorized: () => unauthorized(),
};

export function thrownBy(name) {
  try {
    CALLS[name]();
    return 'nothing';
  } catch (error) {
    return [error.message, error.digest, Object.keys(error), error instanceof Error];
  }
}

export function all() {
  return Object.fromEntries(Object.keys(CALLS).map((name) => [name, thrownBy(name)[1]]));
}
