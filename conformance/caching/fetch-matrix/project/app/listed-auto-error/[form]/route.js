import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const dynamic = 'error';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-auto-error', context);
