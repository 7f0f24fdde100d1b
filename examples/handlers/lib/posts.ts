import { unstable_cache } from "next/cache";

const posts = [
  { id: "1", title: "Hello" },
  { id: "2", title: "World" },
];

// What it returns is kept until someone drops the tag.
export const listPosts = unstable_cache(async () => ({ posts, readAt: performance.timeOrigin + performance.now() }), ["posts"], {
  tags: ["posts"],
});
