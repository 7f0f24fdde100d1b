import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-no-store';
export const dynamic = 'error';

export const GET = (request, context) => answer('open-default-no-store-error', context);
