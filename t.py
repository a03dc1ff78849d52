import time
from flint import *
ctx.prec=1000
import random
for n in (8,16,24,40):
    A=acb_mat(n,n,[acb(random.random()) for _ in range(n*n)])
    t=time.time(); 
    e,L,R=A.eig(left=True,right=True,algorithm="approx"); print(n,time.time()-t)
