import { answer } from '../../../lib/forms.js';

export const dynamic = 'force-dynamic';

export const GET = (request, context) => answer('open-unset-force-dynamic', context);
