import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-cache';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-only-cache-force-static', context);
