export default { trailingSlash: true, typescript: { ignoreBuildErrors: true } };
