// The ways to ask for something, and what two equal requests of each get.
const ORIGIN = `http://127.0.0.1:${process.env.ORIGIN_PORT}`;

const FORMS = {
  plain: () => undefined,
  'force-cache': () => ({ cache: 'force-cache' }),
  'no-store': () => ({ cache: 'no-store' }),
  'revalidate-60': () => ({ next: { revalidate: 60 } }),
  'revalidate-0': () => ({ next: { revalidate: 0 } }),
  tags: () => ({ next: { tags: ['matrix'] } }),
  post: () => ({ method: 'POST', body: 'x' }),
  contradiction: () => ({ cache: 'no-store', next: { revalidate: 60 } }),
};

export const params = Object.keys(FORMS).map((form) => ({ form }));

async function one(place, form) {
  try {
    const response = await fetch(`${ORIGIN}/value/${place}-${form}`, FORMS[form]());
    return await response.text();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

// Where the first one is refused, the second one would wait for it for good in Next.js.
export async function answer(place, { params }) {
  const { form } = await params;
  const first = await one(place, form);
  return Response.json(first.startsWith('value-') ? [first, await one(place, form)] : [first]);
}
