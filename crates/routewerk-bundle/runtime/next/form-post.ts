/**
 * Which requests Next.js takes for posted forms (its server actions): a redirect then has the status 303, so that the
 * browser goes on with GET.
 */
import { fieldName } from '../web/header-text.ts';
import type { FieldName } from '../web/header-text.ts';
import { rawValue } from '../web/headers.ts';
import type { LightHeaders } from '../web/headers.ts';
import type { NextRequest } from './request.ts';

const ACTION = fieldName('next-action') as FieldName;
const CONTENT_TYPE = fieldName('content-type') as FieldName;

/** Whether a request posts a form, or says that it is an action. */
export function isFormPost(request: NextRequest): boolean {
  if (request.method !== 'POST') {
    return false;
  }
  const headers = request.headers as unknown as LightHeaders;
  const type = rawValue(headers, CONTENT_TYPE);
  return (
    type === 'application/x-www-form-urlencoded' ||
    type?.startsWith('multipart/form-data') === true ||
    rawValue(headers, ACTION) !== null
  );
}
