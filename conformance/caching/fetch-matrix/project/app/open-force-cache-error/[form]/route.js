import { answer } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';
export const dynamic = 'error';

export const GET = (request, context) => answer('open-force-cache-error', context);
