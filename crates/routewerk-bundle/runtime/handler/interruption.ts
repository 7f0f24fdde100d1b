/**
 * What `redirect()`, `notFound()` and their like make of a reply: they reach the caller as thrown values.
 */
import type { CallCookies } from '../next/call-cookies.ts';
import { isFormPost } from '../next/form-post.ts';
import { readInterruption } from '../next/navigation.ts';
import type { NextRequest } from '../next/request.ts';
import { lastFlags } from '../web/header-text.ts';
import { textOfInit } from '../web/headers.ts';
import { LightResponse } from '../web/response.ts';
import { fieldsToSend } from './reply-fields.ts';

/** A reply without a body. */
export interface BodilessReply {
  readonly status: number;
  readonly fields: string;
}

/** Whether a thrown value is a redirect. */
export function isRedirect(thrown: unknown): boolean {
  return readInterruption(thrown)?.kind === 'redirect';
}

/** The reply that a thrown value stands for. Throws it again where it stands for none. */
export function interruptedReply(thrown: unknown, request: NextRequest, cookies: CallCookies | null): BodilessReply {
  const interruption = readInterruption(thrown);
  if (interruption === null) {
    throw thrown;
  }
  if (interruption.kind === 'status') {
    return { status: interruption.status, fields: '' };
  }
  if (interruption.url === '') {
    throw new Error('Invariant: Unexpected redirect url format');
  }
  const { headers } = new LightResponse(null, { headers: { location: interruption.url } });
  const fields = fieldsToSend(textOfInit(headers), lastFlags, cookies);
  return { status: isFormPost(request) ? 303 : interruption.status, fields };
}
