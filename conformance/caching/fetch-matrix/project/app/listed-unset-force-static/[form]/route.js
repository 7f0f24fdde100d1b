import { answer, params } from '../../../lib/forms.js';

export const dynamic = 'force-static';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-unset-force-static', context);
