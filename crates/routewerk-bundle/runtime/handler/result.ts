/**
 * The error of a handler that returns something other than a response, in Next.js's words.
 */
import type { NextRequest } from '../next/request.ts';
import type { RouteInfo } from './ports.ts';
import { shownFile } from './route.ts';

/** What is wrong with `value`. */
export function wrongResult(route: RouteInfo, request: NextRequest, value: unknown): string {
  let received: string = value === null ? 'null' : typeof value;
  if (typeof value === 'object' && value !== null) {
    received = (value.constructor as { name?: string } | undefined)?.name || 'object';
  }
  const { method, nextUrl } = request;
  return (
    `No response is returned from route handler '${shownFile(route)}'. Expected a Response object but received '${received}' ` +
    `(method: ${method}, url: ${nextUrl.pathname}). Ensure you return a \`Response\` or a \`NextResponse\` in all branches of your handler.`
  );
}
