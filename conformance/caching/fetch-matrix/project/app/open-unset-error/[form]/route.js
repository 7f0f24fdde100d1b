import { answer } from '../../../lib/forms.js';

export const dynamic = 'error';

export const GET = (request, context) => answer('open-unset-error', context);
