export async function GET() {
  return new Response(
    `<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0">
<channel>
  <title>Releases</title>
  <link>https://example.com/releases</link>
  <description>What is new</description>
</channel>
</rss>`,
    {
      headers: {
        "Content-Type": "text/xml",
      },
    },
  );
}
