import { answer } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-auto-force-static', context);
