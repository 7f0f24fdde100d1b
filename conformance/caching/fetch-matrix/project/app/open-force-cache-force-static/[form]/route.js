import { answer } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-force-cache-force-static', context);
