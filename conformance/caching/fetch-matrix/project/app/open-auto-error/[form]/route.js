import { answer } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const dynamic = 'error';

export const GET = (request, context) => answer('open-auto-error', context);
