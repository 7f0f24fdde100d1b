import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';
export const dynamic = 'force-static';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-force-cache-force-static', context);
