import fs from 'node:fs'
var unused = 1
export  function f(a,b){ if(a == b){ return undefinedName }
 return {a:a,   b , c:[1,2,
 3]} }
