import type { NextRequest } from "next/server";
import sharp from "sharp";

// A picture made on the spot, in the size that was asked for.
export async function GET(request: NextRequest) {
  const width = Number(request.nextUrl.searchParams.get("width") ?? "64");
  const drawn = await sharp({ create: { width: 400, height: 200, channels: 3, background: "#c03" } })
    .png()
    .toBuffer();
  const picture = await sharp(drawn).resize({ width }).webp({ quality: 80 }).toBuffer();
  return new Response(new Uint8Array(picture), { headers: { "content-type": "image/webp" } });
}

// An uploaded picture, described and rotated.
export async function POST(request: Request) {
  const file = (await request.formData()).get("picture");
  if (!(file instanceof File)) {
    return Response.json({ error: "no picture" }, { status: 400 });
  }
  const image = sharp(await file.arrayBuffer());
  try {
    const { format, width, height } = await image.metadata();
    const turned = await image.rotate(90).png().toBuffer({ resolveWithObject: true });
    return Response.json({
      format,
      size: [width, height],
      turned: [turned.info.width, turned.info.height],
    });
  } catch (error) {
    return Response.json({ error: (error as Error).message }, { status: 422 });
  }
}
