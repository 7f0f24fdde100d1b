import { revalidatePath, revalidateTag } from "next/cache";

export async function POST(request: Request) {
  const { path } = (await request.json()) as { path?: string };
  if (path) {
    revalidatePath(path);
  } else {
    revalidateTag("posts", { expire: 0 });
  }
  return Response.json({ revalidated: true });
}
