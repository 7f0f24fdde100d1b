import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-cache';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-default-cache-force-static', context);
