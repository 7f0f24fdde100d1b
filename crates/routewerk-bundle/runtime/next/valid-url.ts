/**
 * The check that `NextRequest` and `NextResponse` make of URLs, with its well-known error.
 */

/** A URL's text in serialised form; throws Next.js's error where it is relative or otherwise malformed. */
export function validUrl(url: unknown): string {
  try {
    return new URL(String(url)).href;
  } catch (cause) {
    throw new Error(
      `URL is malformed "${String(url)}". Please use only absolute URLs - https://nextjs.org/docs/messages/middleware-relative-urls`,
      { cause },
    );
  }
}
