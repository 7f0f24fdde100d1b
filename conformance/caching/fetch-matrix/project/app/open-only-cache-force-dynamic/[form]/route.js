import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-cache';
export const dynamic = 'force-dynamic';

export const GET = (request, context) => answer('open-only-cache-force-dynamic', context);
