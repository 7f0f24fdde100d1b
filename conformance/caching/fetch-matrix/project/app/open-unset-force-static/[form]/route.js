import { answer } from '../../../lib/forms.js';

export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-unset-force-static', context);
