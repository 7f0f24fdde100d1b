import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-auto-unset', context);
