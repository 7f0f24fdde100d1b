import { kept, living, tagged } from '../../../lib/kept.js';

export const generateStaticParams = () => [{ id: 'a' }];

export async function GET(request, { params }) {
  const { id } = await params;
  return new Response(await tagged(`gt-${id}`, `gt-${id}`));
}
