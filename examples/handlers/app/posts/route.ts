import { listPosts } from "../../lib/posts";

export const revalidate = 3600;

export async function GET() {
  return Response.json(await listPosts());
}
