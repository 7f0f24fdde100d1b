import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-cache';
export const dynamic = 'error';

export const GET = (request, context) => answer('open-default-cache-error', context);
