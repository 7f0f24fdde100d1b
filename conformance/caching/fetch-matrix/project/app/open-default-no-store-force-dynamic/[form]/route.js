import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-no-store';
export const dynamic = 'force-dynamic';

export const GET = (request, context) => answer('open-default-no-store-force-dynamic', context);
