import { answer } from '../../../lib/forms.js';

export const fetchCache = 'force-no-store';
export const dynamic = 'error';

export const GET = (request, context) => answer('open-force-no-store-error', context);
