// Run by browsers that know no modules, and Edge in Internet Explorer mode.
location.replace("/old");
