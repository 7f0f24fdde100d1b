import { kept, living, tagged } from '../../../lib/kept.js';

export const generateStaticParams = () => [{ id: 'a' }, { id: 'b' }];

export async function GET(request, { params }) {
  const { id } = await params;
  return new Response(await kept(`g-${id}`));
}
