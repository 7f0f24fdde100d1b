import { listPosts } from "../../../lib/posts";

export const revalidate = 3600;

export async function generateStaticParams() {
  return [{ id: "1" }];
}

export async function GET(_request: Request, { params }: RouteContext<"/posts/[id]">) {
  const { id } = await params;
  const { posts } = await listPosts();
  const post = posts.find((one) => one.id === id);
  return Response.json(post ?? { error: "no such post" }, { status: post ? 200 : 404 });
}
