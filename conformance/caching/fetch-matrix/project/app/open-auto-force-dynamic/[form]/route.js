import { answer } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const dynamic = 'force-dynamic';

export const GET = (request, context) => answer('open-auto-force-dynamic', context);
