export default { basePath: '/base', compress: false, typescript: { ignoreBuildErrors: true } };
