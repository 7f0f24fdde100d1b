import { answer, params } from '../../../lib/forms.js';

export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-unset-unset', context);
