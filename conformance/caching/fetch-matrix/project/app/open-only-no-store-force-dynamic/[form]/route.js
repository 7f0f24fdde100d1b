import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-no-store';
export const dynamic = 'force-dynamic';

export const GET = (request, context) => answer('open-only-no-store-force-dynamic', context);
