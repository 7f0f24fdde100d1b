import { at, text } from '../../../lib/origin.js';

export const revalidate = 1;

export const generateStaticParams = () => [];

export async function GET(request, { params }) {
  return new Response(await text(at((await params).key)));
}
