import { answer } from '../../../lib/forms.js';

export const GET = (request, context) => answer('open-unset-unset', context);
