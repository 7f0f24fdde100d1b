export const revalidate = 600;
export const generateStaticParams = () => [];

let calls = 0;

export function GET(): Response {
  calls += 1;
  if (calls === 2) {
    throw new Error('the second time');
  }
  return new Response(`call ${calls}`);
}
