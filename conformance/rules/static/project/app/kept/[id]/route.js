export const dynamicParams = false;

export const generateStaticParams = () => [{ id: 'one' }, { id: 'two' }];

export async function GET(request, { params }) {
  return new Response(`kept ${(await params).id}`);
}
