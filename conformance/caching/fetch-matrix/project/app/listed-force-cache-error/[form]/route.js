import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';
export const dynamic = 'error';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-force-cache-error', context);
